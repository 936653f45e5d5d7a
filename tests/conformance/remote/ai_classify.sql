-- One category, or several.
-- source: BigQuery bigqueryml-syntax-ai-classify.md
-- covers: AI.CLASSIFY
SELECT AI.CLASSIFY('some sport', categories => ['food', 'sport']) AS one, AI.CLASSIFY('some sport', [('food', 'to eat'), ('sport', 'to play')], output_mode => 'multi') AS several;
-- columns: one STRING, several ARRAY<STRING>
-- rows: 
-- ["sport", ["sport"]]
