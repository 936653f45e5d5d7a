-- An index is made, used, made anew and dropped.
-- source: BigQuery data-definition-language.md CREATE VECTOR INDEX; search_functions.md VECTOR_INDEX.STATISTICS
-- covers: statement S14, S15, S16; syntax ALTER_MODEL; VECTOR_INDEX.STATISTICS; tutorial 30
-- differs: The index is a graph of near neighbours whatever its index_type; ivf_options, tree_ah_options, STORING and PARTITION BY are read and change nothing, and once the table has changed every row is compared until REBUILD.
CREATE TABLE v.indexed AS SELECT n AS id, [CAST(n AS FLOAT64), 1.0] AS place FROM UNNEST(GENERATE_ARRAY(1, 50)) AS n;
CREATE OR REPLACE VECTOR INDEX near ON v.indexed(place) STORING (id) OPTIONS (index_type = 'IVF', distance_type = 'EUCLIDEAN', ivf_options = '{"num_lists": 10}');
CREATE VECTOR INDEX IF NOT EXISTS near ON v.indexed(place) OPTIONS (index_type = 'TREE_AH', tree_ah_options = '{"leaf_node_embedding_count": 500, "normalization_type": "l2"}');
INSERT INTO v.indexed (id, place) VALUES (99, [99.0, 1.0]);
ALTER VECTOR INDEX IF EXISTS near ON v.indexed REBUILD;
CREATE OR REPLACE TABLE v.drift AS SELECT * FROM VECTOR_INDEX.STATISTICS(TABLE v.indexed);
CREATE OR REPLACE TABLE v.found AS SELECT base.id, distance FROM VECTOR_SEARCH(TABLE v.indexed, 'place', query_value => [98.0, 1.0], top_k => 2, options => '{"fraction_lists_to_search": 0.5}');
DROP VECTOR INDEX near ON v.indexed;
DROP VECTOR INDEX IF EXISTS near ON v.indexed;
SELECT id, distance, drift FROM v.found CROSS JOIN v.drift ORDER BY distance;
-- columns: id INT64, distance FLOAT64, drift FLOAT64
-- rows:
-- [99, 1.0, 0.0]
-- [50, 48.0, 0.0]
