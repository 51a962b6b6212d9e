"""Where pieces are screened: in processes of this machine, or on a cluster. Each has `run(job, shards, workers)`."""
