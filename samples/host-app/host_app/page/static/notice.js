// The one place where this page says what went wrong, and what to do about it.

const box = document.getElementById('notice');
const [words] = box.getElementsByTagName('p');
const [button] = box.getElementsByTagName('button');

export function notice(text, step, action) {
  words.textContent = text;
  button.textContent = step;
  button.onclick = action;
  box.hidden = false;
}

export function clearNotice() {
  box.hidden = true;
}
