-- Retrieval and generation: the nearest text is found by its meaning, and stands in the prompt.
-- source: BigQuery rag-pipeline-pdf.md (its shape; the texts are in a table, and the service is a sample that echoes)
-- covers: tutorial 32
CREATE TABLE d.papers AS SELECT * FROM UNNEST(['aaa bbb', 'ccc ddd', 'eee fff']) AS content;
SELECT result FROM AI.GENERATE_TEXT(MODEL d.writer, (SELECT CONCAT('Answer from: ', base.content) AS prompt FROM AI.SEARCH(TABLE d.papers, 'content', 'ddd ccc', top_k => 1, endpoint => 'sample', connection_id => 'us.default')));
-- columns: result STRING
-- rows:
-- ["echo: Answer from: ccc ddd"]
