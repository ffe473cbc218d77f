/**
 * Imported for its effect: an error that nobody catches is told whole. Node by itself first prints the line of source it
 * came from; Pyodide's is so long that a pipe takes nothing after it.
 */
process.on('uncaughtException', (error) => {
  console.error(error?.type ? error.message : error); // an error of Python has a type, and its traceback for a message
  process.exit(1);
});
