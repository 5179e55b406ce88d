// An owner sets tax rates, and the next customer's order lists them.
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

/** Fills in a rate of the settings. */
const setRate = async (owner, row, name, percent) => {
  await owner.getByLabel('Name on receipts').nth(row).fill(name);
  await owner.getByLabel('Percent').nth(row).fill(percent);
  await owner.getByRole('button', { name: 'Save' }).last().click();
};

test('taxes are set in the back office, and stand on the checkout and the receipt', async (cast) => {
  const owner = await cast.staff('owner');
  await owner.goto('/backoffice/r/bella-napoli/settings');
  await owner.getByLabel('Prices', { exact: true }).selectOption('contain the tax');
  await setRate(owner, 0, 'IVA 10 %', '10,0');
  await expectText(owner.getByRole('status').first(), 'Saved.');
  await setRate(owner, 1, 'IVA 22 %', '22 percent');
  await expectText(owner.getByRole('alert').first(), 'Something needs another look.');
  await expectText(owner.getByRole('main'), 'Percent must be a percentage from 0 to 100');
  await setRate(owner, 1, 'IVA 22 %', '22');
  await expectText(owner.getByRole('status').first(), 'Saved.');
  await owner.goto('/backoffice/r/bella-napoli/dishes/gnocchi-pesto');
  await owner.getByLabel('Tax', { exact: true }).selectOption({ label: 'IVA 22 %' });
  await owner.getByRole('button', { name: 'Save' }).last().click();
  await expectText(owner.getByRole('status').first(), 'Saved.');

  const ada = await cast.customer();
  await ada.opens('bella-napoli');
  await ada.adds('Gnocchi al pesto');
  await ada.adds('Diavola');
  await ada.goesToCheckout();
  await ada.fills({ address: '1 Via Roma' });
  const taxes = [/Including IVA 10 %\s+€1\.16/, /Including IVA 22 %\s+€2\.36/];
  for (const tax of taxes) await expectText(ada.page.getByRole('main'), tax);
  await ada.pays();
  await ada.reads('Confirmed.');
  for (const tax of taxes) await expectText(ada.page.getByRole('main'), tax);
});
