"""Making things so: plan, run, gate, triggers, backtest; one module a kind."""
