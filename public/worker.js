// A program beside the page. It is the page's own, which sends it compiled; by the worker's name it sees what it is there for.

self.onmessage = async ({ data: [bindings, module] }) => {
  try {
    const { initSync } = await import(bindings);
    initSync({ module });
  } catch (error) {
    self.postMessage("failed");
    throw error;
  }
};
