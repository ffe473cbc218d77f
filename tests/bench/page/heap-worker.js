/** The page's own worker, whose WebAssembly memory can be asked for: any message on the channel "heap" is answered. */
import './remember-memory.js';
import '../worker/worker.js';
