import { day, make, money, status } from './shown.js';

/** One agreement. */
export function detailView(call) {
  const [title, back, about] = ['detail-title', 'back', 'about'].map((id) => document.getElementById(id));
  let loading = new AbortController();

  async function load(id) {
    loading.abort();
    const { signal } = (loading = new AbortController());
    about.replaceChildren(make('alga-spinner', { label: 'Loading' }));
    try {
      const agreement = await call(`/agreements/${id}`, { signal });
      head(agreement.name);
      about.replaceChildren(make('alga-card', {}, facts(agreement)));
    } catch (failure) {
      if (!signal.aborted) fail(failure, id);
    }
  }

  function head(text) {
    document.title = text;
    title.textContent = text;
  }

  function fail({ message, code }, id) {
    const alert = make('alga-alert', { variant: 'danger' }, message);
    if (code !== 'no_such_agreement') {
      const again = make('alga-button', { slot: 'actions', variant: 'outline', size: 'sm' }, 'Try again');
      again.addEventListener('click', () => load(id));
      alert.append(again);
    }
    about.replaceChildren(alert);
  }

  return {
    /** `list` is where the way back leads. */
    show(id, list) {
      back.href = `#${list}`;
      head('Agreement');
      load(id);
    },
  };
}

function facts(agreement) {
  const rows = {
    Client: agreement.client,
    Status: status(agreement),
    Starts: day(agreement.startsOn),
    Ends: day(agreement.endsOn),
    'Monthly fee': money(agreement),
    Id: agreement.id,
  };
  return make('dl', {}, ...Object.entries(rows).flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}
