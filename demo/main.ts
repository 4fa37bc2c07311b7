import { App } from './app.ts';
import { element } from './dom.ts';
import { language, speak, t } from './i18n.ts';
import { notice, withdraw } from './notices.ts';
import { Tuning } from './tuning.ts';
import { WeightsPanel } from './weights_panel.ts';

const able =
  typeof WebAssembly === 'object' &&
  typeof OffscreenCanvas === 'function' &&
  'requestVideoFrameCallback' in HTMLVideoElement.prototype;

function start(): void {
  speak();
  const app = new App();
  const weights = new WeightsPanel(app);
  const tuning = new Tuning(app, weights);
  drawLanguage();
  element('language').addEventListener('click', () => {
    speak(language() === 'en' ? 'zh' : 'en');
    drawLanguage();
    app.refresh();
    weights.refresh();
    tuning.refresh();
  });
  if (able) void app.load();
  else app.cannotRun();
  watchNetwork();
  void navigator.serviceWorker?.register('./service_worker.js', { type: 'module' }).catch(() => {});
}

/** The button names the other language, in that language. */
function drawLanguage(): void {
  const button = element('language');
  const other = language() === 'en' ? 'zh' : 'en';
  button.lang = other;
  button.textContent = other === 'zh' ? '中文' : 'English';
}

function watchNetwork(): void {
  const draw = () => {
    if (navigator.onLine) withdraw('offline');
    else notice('offline', () => t('offline'));
  };
  addEventListener('online', draw);
  addEventListener('offline', draw);
  draw();
}

start();
