"""A portfolio of one candidate a family, the next of one, and others that are not read."""


def get_hyperparameter_config(name):
    assert name == "zeroshot"
    return {
        "NN_TORCH": [{}],
        "GBM": [{"learning_rate": 0.1}, {"learning_rate": 0.3, "ag_args": {"name_suffix": "_r1", "priority": -2}}],
        "CAT": [{"depth": 3, "learning_rate": 0.2}, {"depth": 3, "grow_policy": "Depthwise"}],
        "XGB": [{"learning_rate": 0.2, "max_depth": 3, "ag_args": {"priority": -1}}],
    }
