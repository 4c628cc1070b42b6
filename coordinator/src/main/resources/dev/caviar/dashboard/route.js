// Where the reader is: #/sweeps/ID?tab=curves. All that a page shows is in its address, so that an
// address can be sent to somebody else.

export function current() {
  const [path, query] = (location.hash.slice(1) || '/sweeps').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    params: new URLSearchParams(query || ''),
  };
}

/** Writes a page's choice into the address; what is as it usually is is left out. */
export function keep(name, value, usual = '') {
  const { params } = current();
  if (value === usual || value === null || value === undefined || value === '') params.delete(name);
  else params.set(name, value);
  const path = location.hash.slice(1).split('?')[0] || '/sweeps';
  const query = params.toString();
  history.replaceState(null, '', `#${path}${query ? `?${query}` : ''}`);
}

export const kept = (name, usual = '') => current().params.get(name) ?? usual;
export const go = (address) => {
  location.hash = address;
};
export const sweepLink = (id) => `#/sweeps/${encodeURIComponent(id)}`;
export const trialLink = (id, trial) => `${sweepLink(id)}/trials/${trial}`;
