// Links out of docs/ lead nowhere on the site, which has these pages alone. There they name files.
for (const link of document.querySelectorAll('main a[href^="../"]')) {
  const page = link.getAttribute("href").replace(/#.*/, "").replace(/\.html$/, ".md");
  link.replaceWith(`${link.textContent} (${page.replaceAll("../", "")} in the repository)`);
}
