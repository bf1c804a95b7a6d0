"""The shot list in the formats that editors and other tools open.

Every writer is pure: shots, measures and a name go in, text comes out. Times come from
``pts * time_base`` and never from a frame number divided by a rate, so films of variable
frame rate and films that do not start at zero come out right.
"""
