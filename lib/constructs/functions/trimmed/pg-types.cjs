// The driver has its own parsers (functions/database/drivers/postgres/type-parsers.ts).
const asText = (value) => value;
module.exports = { getTypeParser: () => asText, setTypeParser: () => undefined };
