/** mock-openai-api's own command, with the answers of the bench in its table of models. */

const { mockModels } = require('mock-openai-api/dist/data/mockData.js');

const streamChunks = Array.from({ length: 50 }, () => 'token ');
const answer = (prompt) => ({
  name: prompt,
  description: prompt,
  prompt,
  response: streamChunks.join(''),
  streamChunks,
});
// Of the types that it knows, `thinking-tag` without a thought is the one that streams plain text.
mockModels.push({ id: 'openclaw', name: 'bench', type: 'thinking-tag', testCases: ['play:plain', 'x'].map(answer) });
require('mock-openai-api/dist/cli.js');
