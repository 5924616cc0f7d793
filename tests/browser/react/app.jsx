// A page on the hooks, in StrictMode, which mounts and runs effects twice. What it shows is JSON; `page` changes it.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useAuthToken, useBridge, useExtension, useProxy, useResize, useTheme } from './iframe-sdk-react.js';
import * as sdk from './iframe-sdk.js';

function Page() {
  const [path, setPath] = useState(null);
  const { bridge, context } = useExtension();
  const { data, error, loading, reload } = useProxy(path);
  const resize = useResize();
  const same = bridge === useBridge() && bridge === sdk.useExtension().bridge;
  window.page = { setPath, reload, resize, bridge };
  const shown = { tenant: context?.tenant, same, theme: useTheme(), token: useAuthToken(), data, error: error?.code, status: error?.status, loading };
  return <code>{JSON.stringify(shown)}</code>;
}

const root = createRoot(document.querySelector('p'));
window.unmount = () => root.unmount();
root.render(<StrictMode><Page /></StrictMode>);
document.documentElement.dataset.ready = 'true';
