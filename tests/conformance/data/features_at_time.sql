-- The newest row of each entity up to a time; the time is told in the timestamp's place.
-- source: BigQuery bigqueryml-syntax-feature-time.md
-- covers: ML.FEATURES_AT_TIME
SELECT * FROM ML.FEATURES_AT_TIME(TABLE d.features, time => '2022-06-12 10:00:00+00', num_rows => 1, ignore_feature_nulls => TRUE) ORDER BY entity_id;
-- columns: entity_id STRING, f1 FLOAT64, f2 FLOAT64, feature_timestamp TIMESTAMP
-- rows: 
-- ["id1", 20.0, 20.0, "2022-06-12T10:00:00+00:00"]
-- ["id2", 2.0, null, "2022-06-12T10:00:00+00:00"]
