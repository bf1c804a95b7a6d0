"""The report that a person opens: one HTML file with everything known about the films.

`facts` says what it is told, `page.render_report` writes it. It asks nothing of the network
and runs no script.
"""
