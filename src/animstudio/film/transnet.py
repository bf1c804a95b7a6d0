"""x"""


def find_transitions(measures, odds):
    return []
