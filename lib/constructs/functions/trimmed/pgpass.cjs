// A function has no home directory with a password file.
module.exports = (_connection, done) => done(undefined);
