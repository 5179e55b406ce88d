// Runs before the first paint, so that the other theme never flashes.
{
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem('theme');
  } catch {
    /* Storage may be forbidden. */
  }
  if (chosen) root.dataset.theme = chosen;
  addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('[data-theme-switch]');
    if (!button) return;
    button.hidden = false;
    button.addEventListener('click', () => {
      const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
      const now = root.dataset.theme ?? system;
      root.dataset.theme = now === 'dark' ? 'light' : 'dark';
      try {
        localStorage.setItem('theme', root.dataset.theme);
      } catch {
        /* Storage is forbidden: the choice lasts for this page. */
      }
    });
  });
}
