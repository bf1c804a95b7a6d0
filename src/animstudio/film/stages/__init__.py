"""What pipelines call: the film wing's work as items, each made in a worker process."""
