// The page runs in a sandboxed frame of an opaque origin: no cookies, no storage, and the only way out is a message to the host page.
const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

show('origin', window.origin === 'null' ? 'opaque (sandboxed)' : window.origin);
show('framed', window.parent === window ? 'no' : 'yes');
show('base', new URL('.', import.meta.url).pathname);
document.getElementById('facts').hidden = false;
document.documentElement.dataset.ready = 'true';
show('status', 'The script has run.');
document.title = 'Hello from JavaScript: ready';
