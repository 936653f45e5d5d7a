-- Remote models, behind which a small service on this machine stands: what it answers follows from what it is asked.
-- service: sample
CREATE MODEL d.writer REMOTE WITH CONNECTION `my-project.us.default` OPTIONS (ENDPOINT = 'gemini-2.0-flash');
CREATE MODEL d.embedder REMOTE WITH CONNECTION DEFAULT OPTIONS (ENDPOINT = 'text-embedding-005');
CREATE MODEL d.scorer INPUT (a FLOAT64, b FLOAT64) OUTPUT (score FLOAT64) REMOTE WITH CONNECTION `my-project.us.own` OPTIONS (ENDPOINT = '{service}/predict');
CREATE TABLE d.reviews AS SELECT 1 AS id, 'a good film' AS review UNION ALL SELECT 2, 'yes, very bad';
