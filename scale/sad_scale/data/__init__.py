"""From trajectories to the batches of each step, as the lab makes them (workers/dataset)."""
