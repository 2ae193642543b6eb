/** The table of contents of the contract, in the order of the documentation. */

import type { Case, Chapter } from '../vocabulary/chapter.ts';
import agents from './agents.ts';
import authentication from './authentication.ts';
import backend from './backend.ts';
import completions from './completions.ts';
import embeddings from './embeddings.ts';
import endpoint from './endpoint.ts';
import errors from './errors.ts';
import health from './health.ts';
import images from './images.ts';
import models from './models.ts';
import proxy from './proxy.ts';
import requests from './requests.ts';
import sampling from './sampling.ts';
import scopes from './scopes.ts';
import sessions from './sessions.ts';
import streaming from './streaming.ts';
import tools from './tools.ts';

/** Every chapter, in the order in which reports show them. */
export const chapters: readonly Chapter[] = [
  endpoint,
  health,
  authentication,
  scopes,
  proxy,
  agents,
  backend,
  models,
  embeddings,
  sessions,
  requests,
  images,
  sampling,
  completions,
  streaming,
  tools,
  errors,
];

/** Every case of every chapter, of all releases; `inForce` tells which of them hold for one. */
export const cases: readonly Case[] = chapters.flatMap((chapter) => chapter.cases);
