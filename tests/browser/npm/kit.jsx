// An extension's page on the reference's own SDK and its React kit, both unmodified.
import { IframeBridge, callHandlerJson, subscribeTheme } from '@alga-psa/extension-iframe-sdk';
import { Alert, Badge, Button, ConfirmDialog, DataTable, Input, Switch, Tabs, useTheme } from '@alga-psa/ui-kit';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

const bridge = new IframeBridge();
const agreements = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, name: `Agreement ${(index * 7) % 12}` }));
const columns = [
  { key: 'id', header: 'Number', sortable: true },
  { key: 'name', header: 'Name', sortable: true, render: ({ name }) => <Badge>{name}</Badge> },
];

function Page() {
  useTheme();
  const [rows, setRows] = useState([]);
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState('');
  const [name, setName] = useState('');
  const load = () => callHandlerJson(bridge, '/run', { method: 'POST', body: agreements }).then(setRows);
  const remove = () => callHandlerJson(bridge, '/missing').catch((error) => setFailure(error.message));
  return (
    <main>
      <Button onClick={load}>Load</Button>
      <Button variant="secondary" onClick={() => setAsked(true)}>Remove</Button>
      <Input aria-label="Filter" value={name} onChange={(event) => setName(event.target.value)} />
      <Switch label="Archived" />
      {failure && <Alert tone="danger">{failure}</Alert>}
      <Tabs tabs={[{ key: 'all', label: 'All', content: <p>Everything</p> }, { key: 'mine', label: 'Mine', content: <p>Only mine</p> }]} />
      <DataTable columns={columns} data={rows.filter((row) => row.name.includes(name))} paginate defaultPageSize={10} initialSortKey="id" />
      <ConfirmDialog
        isOpen={asked}
        title="Remove?"
        message="It will be gone."
        onCancel={() => setAsked(false)}
        onConfirm={() => remove().then(() => setAsked(false))}
      />
    </main>
  );
}

subscribeTheme(bridge);
createRoot(document.body.appendChild(document.createElement('div'))).render(<Page />);
bridge.ready();
document.documentElement.dataset.ready = 'true';
