// Tells the page that shows the bank's page in a frame that the challenge is over.
if (window.parent !== window) window.parent.postMessage({ type: 'challenge-over' }, '*');
