-- The nearest rows of each query, whole rows of both sides.
-- source: BigQuery search_functions.md VECTOR_SEARCH; the distances by arithmetic: 1 and √2
-- covers: VECTOR_SEARCH
SELECT query.name, base.id, distance FROM VECTOR_SEARCH(TABLE v.base, 'place', TABLE v.asked, top_k => 2, distance_type => 'EUCLIDEAN') ORDER BY distance;
-- columns: name STRING, id INT64, distance FLOAT64
-- rows: 
-- ["q", 2, 1.0]
-- ["q", 1, 1.414214]
