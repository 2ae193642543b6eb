/** Functions of the client: what is offered, called, told, and answered. */

import { chapter } from '../vocabulary/chapter.ts';
import { calling } from './tools/calls.ts';
import { choices } from './tools/choices.ts';
import { effects } from './tools/effects.ts';
import { following } from './tools/following.ts';

export default chapter('tools', 'Chat tools contract', {
  section: '#chat-tools-contract',
  since: '2026.5.12',
  needs: ['tools'],
  cases: [...calling, ...choices, ...following, ...effects],
});
