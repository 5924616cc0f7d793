import { type ThemeTokens } from '../protocol/envelope.js';
import { type FrameOptions } from './frame.js';
export interface Session {
    token: string;
    /** ISO 8601. */
    expiresAt: string;
}
export interface BootstrapOptions extends FrameOptions {
    /** The page inside the extension to begin with (default: `/`). */
    initialPath?: string;
    /** Given only to a frame with an origin of its install: who would hear it in an opaque one cannot be known. */
    session?: Session;
    themeTokens?: ThemeTokens;
    /** Of the first `bootstrap` message. */
    requestId?: string;
    tenantId?: string;
    /** Where the host application relays calls (default: `/api/ext-proxy`); on this page's origin, or one that allows it. */
    apiBase?: string;
    /** In place of the browser's own, e.g. to add a token to each call. */
    fetch?: typeof fetch;
    /** The frame has said that it listens. */
    onReady?: () => void;
    /** The frame wants to be at a path of its own; without this it is loaded again there. */
    onNavigate?: (path: string) => void;
}
/** Of a frame that is connected. */
export interface HostBridge {
    setTheme(tokens: ThemeTokens): void;
    /** A token that replaces one that ends. */
    setSession(session: Session): void;
    /** Hear and say nothing more, and end the calls at work. May be called twice. */
    dispose(): void;
}
/** Connect a frame whose `src` is set (`buildExtUiSrc`). Throws TypeError for a frame that would not be isolated. */
export declare function bootstrapIframe(options: BootstrapOptions): HostBridge;
