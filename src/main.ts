import { fileURLToPath } from 'node:url';
import { serve } from './serve.js';

serve(fileURLToPath(new URL('run-thread/main.js', import.meta.url)));
