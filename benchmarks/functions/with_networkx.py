"""Random graphs, from seeds."""

import networkx

graphs = [networkx.gnm_random_graph(12, 30, seed=seed) for seed in range(6)]
