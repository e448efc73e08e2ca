/** The page: a frame that its script fills. No text of a breaker is ever part of it. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Circuit breakers</title>
<link rel="icon" type="image/svg+xml" id="icon" href="assets/icon-grey.svg">
<link rel="stylesheet" href="assets/dashboard.css">
<script type="module" src="assets/dashboard.js"></script>
</head>
<body data-link="connecting">
<a class="skip" href="#breakers">Skip to the breakers</a>
<header class="mast">
  <div class="title">
    <h1>Circuit breakers</h1>
    <p class="verdict" id="verdict">Connecting …</p>
    <p class="link" role="status"><span class="pulse" aria-hidden="true"></span><span id="link">connecting</span></p>
  </div>
  <div class="shares" id="shares" aria-hidden="true"></div>
  <div class="tools">
    <div class="states" id="states" role="group" aria-label="Show only these states"></div>
    <div class="fields">
      <label class="field wide"><span>Search</span><input id="search" type="search" placeholder="Name or tag" autocomplete="off" spellcheck="false"></label>
      <label class="field"><span>Tag</span><select id="tag"><option value="">all tags</option></select></label>
      <label class="field"><span>Order</span><select id="order"><option value="trouble">trouble first</option><option value="name">by name</option></select></label>
    </div>
  </div>
</header>
<main id="breakers" tabindex="-1">
  <h2 class="unseen">Breakers</h2>
  <ul class="cards" id="cards"></ul>
  <p class="empty" id="empty" hidden></p>
</main>
<p class="unseen" id="announcer" aria-live="polite"></p>
<dialog id="dialog" aria-labelledby="dialog-title" aria-describedby="dialog-text">
  <form id="dialog-form" autocomplete="off">
    <h2 id="dialog-title"></h2>
    <p id="dialog-text"></p>
    <label class="field"><span>Reason</span><input id="dialog-reason" maxlength="500" placeholder="for the others, and for the record"></label>
    <label class="field" id="dialog-expiry"><span>For how long</span><select id="dialog-for">
      <option value="">until further notice</option><option value="5m">5 minutes</option><option value="15m">15 minutes</option>
      <option value="1h">an hour</option><option value="4h">4 hours</option><option value="24h">a day</option>
    </select></label>
    <p class="fault" id="dialog-fault" role="alert"></p>
    <div class="choice"><button type="button" id="dialog-cancel">Cancel</button><button type="submit" class="main" id="dialog-confirm"></button></div>
  </form>
</dialog>
<noscript><p class="empty">This page needs JavaScript. The same is served as JSON one level up.</p></noscript>
</body>
</html>
`;
