-- Where a feature is NULL, its newest value that is not.
-- source: BigQuery bigqueryml-syntax-feature-time.md
-- covers: ML.FEATURES_AT_TIME
SELECT entity_id, f1, f2 FROM ML.FEATURES_AT_TIME((SELECT * FROM d.features), time => TIMESTAMP '2022-06-13 00:00:00+00', ignore_feature_nulls => TRUE) ORDER BY entity_id;
-- columns: entity_id STRING, f1 FLOAT64, f2 FLOAT64
-- rows: 
-- ["id1", 30.0, 20.0]
-- ["id2", 2.0, null]
