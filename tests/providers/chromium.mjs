// A person at a real browser: `node chromium.mjs CHROMIUM URL USER` signs in, consents, and says what the
// browser shows at the end, as {"url": …, "text": …, "requests": […]}.
import { chromium } from 'playwright-core';

const PASSWORD = 'of the tests';
const MOST_PAGES = 10;
const [executablePath, url, user] = process.argv.slice(2);
const args = ['--no-sandbox', '--no-proxy-server'];
const browser = await chromium.launch({ executablePath, headless: true, args });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  for (let pages = 0; pages < MOST_PAGES && (await page.locator('form').count()); pages += 1) {
    for (const [name, value] of [['login', user], ['password', PASSWORD]]) {
      const field = page.locator(`input[name=${name}]`);
      if (await field.count()) await field.fill(value);
    }
    const left = page.waitForEvent('framenavigated');
    await page.locator('form [type=submit]').first().click();
    await left;
    await page.waitForLoadState('load');
    await page.waitForFunction(() => !document.querySelector('meta[http-equiv=refresh]'));
    await page.waitForLoadState('load');
  }
  const text = await page.locator('body').innerText();
  console.log(JSON.stringify({ url: page.url(), text, requests }));
} finally {
  await browser.close();
}
