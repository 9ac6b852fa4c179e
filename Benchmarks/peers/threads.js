// threads.js SIZE COUNT WINDOW WORKERS: echoes buffers through node's worker threads, WINDOW in flight to each.
'use strict';
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

if (!isMainThread) {
  parentPort.on('message', (message) => parentPort.postMessage(message));
} else {
  const [size, count, window, workers] = process.argv.slice(2).map(Number);
  let sent = 0;
  let done = 0;
  let first;
  const all = [];
  for (let i = 0; i < workers; i++) {
    const worker = new Worker(__filename);
    const expected = [];
    const send = () => {
      const message = new Uint8Array(size);
      new DataView(message.buffer).setFloat64(0, sent);
      expected.push(sent++);
      worker.postMessage(message);
    };
    worker.on('error', (error) => { throw error; });
    worker.on('message', (message) => {
      const number = new DataView(message.buffer, message.byteOffset).getFloat64(0);
      if (message.length !== size || number !== expected.shift()) throw new Error(`a wrong response: ${number}`);
      if (done++ === 0) first = process.hrtime.bigint();
      if (sent < count) send();
      if (done === count) {
        const seconds = Number(process.hrtime.bigint() - first) / 1e9;
        console.log(JSON.stringify({ count: count - 1, seconds }));
        for (const one of all) one.terminate();
      }
    });
    all.push(worker);
    for (let k = 0; k < window && sent < count; k++) send();
  }
}
