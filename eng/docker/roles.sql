-- The password of the services' role, which the migrations create without one. Run by the administrator with psql; may run again.
\set ON_ERROR_STOP on
\set password `cat /run/chainexec/database-app/password`
set password_encryption = 'scram-sha-256';
alter role ce_app password :'password';
