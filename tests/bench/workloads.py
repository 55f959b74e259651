"""The one table of workloads: what each does is in README.md.

A row is (label, WORKLOAD, SIZE, TIMES on SQLite, TIMES on the servers). The label names the
row in the tables and is what --workload takes. TIMES is such that hand-written C takes about
20 ms or more; 0: not on that engine.
"""

TABLE = [
    ("get", "get", 1, 10_000, 500),
    ("get_tx", "get_tx", 1, 40_000, 500),
    ("get_many_100", "get_many", 100, 300, 100),
    ("find_1", "find", 1, 10_000, 500),
    ("find_10", "find", 10, 4_000, 500),
    ("find_100", "find", 100, 800, 200),
    ("find_1k", "find", 1_000, 100, 40),
    ("find_10k", "find", 10_000, 10, 6),
    ("filter", "filter", 20, 1_000, 200),
    ("join_1k", "join", 1_000, 40, 10),
    ("children_10k", "children", 1_000, 8, 4),
    ("children_10k_joined", "children_joined", 1_000, 6, 2),
    ("children_10k_lazy", "children_lazy", 1_000, 8, 4),
    ("levels_100x10x10", "levels", 100, 8, 4),
    ("many_to_many_1000x5", "many_to_many", 1_000, 15, 8),
    ("siblings_3", "siblings", 10, 300, 60),
    ("tree_10k", "tree", 1, 4, 2),
    ("stream_1m", "stream", 1_000_000, 1, 1),
    ("insert_1", "insert", 1, 10_000, 500),
    ("insert_10", "insert", 10, 2_000, 200),
    ("insert_25", "insert", 25, 1_000, 150),
    ("insert_50", "insert", 50, 500, 100),
    ("insert_100", "insert", 100, 300, 60),
    ("insert_10k", "insert", 10_000, 4, 2),
    ("update_10k", "update", 10_000, 4, 1),
    ("upsert_10k", "upsert", 10_000, 4, 1),
    ("transaction", "transaction", 1, 200, 150),
    ("threads_8_on_4", "threads", 8, 40, 25),
    ("open", "open", 1, 100, 20),
    ("pool_1", "pool", 1, 200_000, 0),
    ("pool_2", "pool", 2, 100_000, 0),
    ("pool_8", "pool", 8, 40_000, 0),
    ("pool_64", "pool", 64, 2_000, 0),
    ("memory_10k", "memory", 10_000, 1, 1),
]

# The same with 0.5 ms of network between side and server: SIZE as above, fewer TIMES.
NETWORK = [
    ("net_get", "get", 1, 0, 30),
    ("net_get_many_100", "get_many", 100, 0, 30),
    ("net_find_100", "find", 100, 0, 30),
    ("net_children_10k", "children", 1_000, 0, 2),
    ("net_children_10k_lazy", "children_lazy", 1_000, 0, 2),
    ("net_levels_100x10x10", "levels", 100, 0, 2),
    ("net_siblings_3", "siblings", 10, 0, 20),
    ("net_insert_100", "insert", 100, 0, 20),
    ("net_transaction", "transaction", 1, 0, 20),
    ("net_threads_8_on_4", "threads", 8, 0, 4),
]

# What the plots draw: (name, what grows, [(value, WORKLOAD, SIZE, TIMES)]).
SCALING = [
    ("rows", "rows found", [(n, "find", n, max(1, 20_000 // n)) for n in
                            (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)]),
    ("nesting", "rows of a tree with 1 to 5 levels below the first",
     [((4 ** (n + 2) - 4) // 3, "nest", n, 2_000 // 4 ** n + 4) for n in (1, 2, 3, 4, 5)]),
    ("threads", "threads on 4 connections", [(n, "threads", n, 40) for n in (1, 2, 3, 4, 6, 8, 12, 16)]),
]

# What --quick leaves of TIMES, and of SIZE where there are fewer items.
QUICK_ITEMS = 20_000


def quick(row):
    label, workload, size, sqlite, servers = row
    return label, workload, min(size, QUICK_ITEMS), min(sqlite, 2), min(servers, 2)
