-- One lookup for each entity and time.
-- source: BigQuery bigqueryml-syntax-entity-feature-time.md
-- covers: ML.ENTITY_FEATURES_AT_TIME
SELECT entity_id, f1, f2, feature_timestamp FROM ML.ENTITY_FEATURES_AT_TIME(TABLE d.features, TABLE d.moments) ORDER BY entity_id, feature_timestamp;
-- columns: entity_id STRING, f1 FLOAT64, f2 FLOAT64, feature_timestamp TIMESTAMP
-- rows: 
-- ["id1", 20.0, 20.0, "2022-06-12T00:00:00+00:00"]
-- ["id1", 30.0, null, "2022-06-13T00:00:00+00:00"]
-- ["id2", 2.0, null, "2022-06-12T00:00:00+00:00"]
