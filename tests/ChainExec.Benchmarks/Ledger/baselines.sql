-- What the ledger is measured against, as a careful engineer writes it without our guarantees: no limits, holds, hashes, facts or answers.
create schema base;
create table base.account (id bigint primary key, balance numeric not null default 0, version bigint not null default 0)
  with (fillfactor = 70);
create table base.transfer (id bigint generated always as identity primary key, key uuid not null unique, debit bigint not null,
  credit bigint not null, amount numeric not null, at timestamptz not null default now());
create table base.entry (account_id bigint not null, version bigint not null, transfer_id bigint not null, amount numeric not null,
  balance numeric not null, primary key (account_id, version));
create table base.plain (id bigint generated always as identity primary key, key uuid not null unique, amount numeric not null);

-- R: row by row, one transfer a call.
create function base.post_one(p_key uuid, p_debit bigint, p_credit bigint, p_amount numeric) returns bigint
language plpgsql as $$
declare
  locked bigint;
  made bigint;
  b record;
begin
  foreach locked in array (select array_agg(a order by a) from unnest(array[p_debit, p_credit]) a) loop
    perform from base.account where id = locked for update;
  end loop;
  insert into base.transfer (key, debit, credit, amount) values (p_key, p_debit, p_credit, p_amount) returning id into made;
  update base.account set balance = balance - p_amount, version = version + 1 where id = p_debit returning balance, version into b;
  insert into base.entry values (p_debit, b.version, made, -p_amount, b.balance);
  update base.account set balance = balance + p_amount, version = version + 1 where id = p_credit returning balance, version into b;
  insert into base.entry values (p_credit, b.version, made, p_amount, b.balance);
  return made;
end
$$;

-- C: bare set-based SQL, many transfers a call.
create function base.post_many(p_keys uuid[], p_debits bigint[], p_credits bigint[], p_amounts numeric[]) returns bigint
language plpgsql as $$
declare
  posted bigint;
begin
  perform from base.account where id = any (p_debits || p_credits) order by id for update;
  with asked as (
    select x.*, row_number() over () as n from unnest(p_keys, p_debits, p_credits, p_amounts) as x(key, debit, credit, amount)),
  made as (
    insert into base.transfer (key, debit, credit, amount) select key, debit, credit, amount from asked order by n returning id, key),
  line as (
    select m.id, q.n, q.debit as account_id, -q.amount as amount from asked q join made m on m.key = q.key
    union all select m.id, q.n, q.credit, q.amount from asked q join made m on m.key = q.key),
  running as (
    select l.*, a.version + row_number() over w as version, a.balance + sum(l.amount) over w as balance
    from line l join base.account a on a.id = l.account_id
    window w as (partition by l.account_id order by l.n, l.amount rows unbounded preceding)),
  written as (
    insert into base.entry (account_id, version, transfer_id, amount, balance)
    select account_id, version, id, amount, balance from running),
  moved as (
    update base.account a set balance = a.balance + s.amount, version = a.version + s.entries
    from (select account_id, sum(amount) as amount, count(*) as entries from running group by account_id) s where a.id = s.account_id)
  select count(*) into posted from made;
  return posted;
end
$$;
