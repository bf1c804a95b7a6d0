"""What a run did, as one HTML file: what ran when and why, what was reused, what failed.

`facts` reads it from the run's events and the journal, `page.render_report` writes it. It asks
nothing of the network and runs no script.
"""
