-- A model that there is not cannot be dropped.
-- source: BigQuery bigqueryml-syntax-drop-model.md
-- covers: statement S12; input missing_model
DROP MODEL shop.plane;
-- error: plane
