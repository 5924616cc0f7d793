// One extension in a sandboxed frame, connected through the host bridge.

import { fetchWith } from './calls.js';
import { bootstrapIframe, buildExtUiSrc } from './host-bridge.js';
import { notice } from './notice.js';

export class Extension {
  #bridge;
  #frame;

  /** `followed` hears each path that the extension goes to. */
  constructor(state, item, followed) {
    this.state = state;
    this.item = item;
    this.followed = followed;
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (effectiveDirective === 'frame-src') this.#left();
    });
  }

  setTheme(tokens) {
    this.#bridge?.setTheme(tokens);
  }

  /** Show it in an element, at a path of its own. */
  async open(element, path, themeTokens) {
    const { person, gateway, token } = this.state;
    const { extension: extensionId, content_hash: contentHash, label } = this.item;
    const src = buildExtUiSrc(extensionId, contentHash, path, { tenantId: person.tenant, publicBaseOverride: gateway });
    element.setAttribute('aria-busy', 'true');
    if (!(await this.#isThere(src))) return;
    const frame = Object.assign(document.createElement('iframe'), { title: label, src });
    frame.addEventListener('load', () => element.removeAttribute('aria-busy'), { once: true });
    this.#frame = frame;
    this.#bridge = bootstrapIframe({
      iframe: frame,
      extensionId,
      contentHash,
      allowedOrigin: gateway,
      tenantId: person.tenant,
      initialPath: path,
      themeTokens,
      fetch: (input, init) => fetchWith(token, input, init),
      onNavigate: this.followed,
    });
    element.replaceChildren(frame);
  }

  /** A frame does not tell its page what its address answered. */
  async #isThere(src) {
    try {
      const { ok } = await fetch(src, { method: 'HEAD', credentials: 'omit' });
      if (!ok) notice('This extension is not available now.', 'Reload', () => location.reload());
      return ok;
    } catch {
      notice('The extension service cannot be reached.', 'Try again', () => location.reload());
      return false;
    }
  }

  #left() {
    this.#bridge?.dispose();
    this.#frame?.remove();
    notice('The extension tried to leave its own pages and was closed.', 'Open it again', () => location.reload());
  }
}
