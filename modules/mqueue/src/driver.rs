//! Queues in a database: each has a table of its name, with columns `key` and `val`.

use crate::queue::Queue;
use db::{Connection, Error, Request, Statement, Value};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The columns of a queue's table.
const COLUMNS: [&str; 2] = ["key", "val"];

/// The database of the queues.
pub struct Storage(Arc<dyn Connection>);

impl Storage {
    /// That of an open connection.
    pub fn new(connection: Arc<dyn Connection>) -> Storage {
        Storage(connection)
    }

    /// Takes the pairs of a queue out of its table. Waits: for the start of the server.
    pub fn load(&self, queue: &Queue) -> Result<(), Error> {
        if self.0.is_closed() {
            return Ok(());
        }
        let name = &queue.spec.name;
        let select = Statement::select(name.clone()).columns(COLUMNS);
        let request = Request::new(&self.0.prepare(select), []);
        self.0.read_blocking(request, &mut |row| {
            let mut cells = row.iter().map(|cell| cell.to_text().unwrap_or_default());
            queue.add(
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            );
            ControlFlow::Continue(())
        })?;
        let clear = self.0.prepare(Statement::delete(name.clone()));
        self.0.run_blocking(Request::new(&clear, []))?;
        Ok(())
    }

    /// Adds the pairs of a queue to its table, all or none. Waits: for the end of the server.
    pub fn store(&self, queue: &Queue) -> Result<(), Error> {
        let insert = Statement::insert(queue.spec.name.clone()).columns(COLUMNS);
        let insert = self.0.prepare(insert);
        let pairs = queue.drain().into_iter();
        let requests: Vec<Request> = pairs
            .map(|(key, value)| Request::new(&insert, [Value::Text(key), Value::Text(value)]))
            .collect();
        if !requests.is_empty() {
            self.0.run_all_blocking(requests)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::queue_spec;
    use db::{Answer, Column, ColumnType, Dialect, Operation, Pending, Row, Rows};
    use module_api::Text;
    use parking_lot::Mutex;

    /// A database of one table, whatever it is called.
    #[derive(Default)]
    struct Fake(Mutex<Vec<[Value; 2]>>);

    impl Connection for Fake {
        fn dialect(&self) -> Dialect {
            Dialect::Sqlite
        }

        fn run(&self, request: Request) -> Pending<Answer> {
            Pending::Ready(self.run_blocking(request))
        }

        fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
            Pending::Ready(self.run_all_blocking(requests))
        }

        fn run_blocking(&self, request: Request) -> Result<Answer, Error> {
            let mut rows = self.0.lock();
            let mut answer = Answer::default();
            match request.statement.statement.operation {
                Operation::Delete => rows.clear(),
                Operation::Insert => rows.push(request.values.into_vec().try_into().unwrap()),
                _ => {
                    let column = Column {
                        name: Text::default(),
                        kind: ColumnType::Text,
                    };
                    answer.rows = Rows::new(vec![column; 2].into());
                    for cell in rows.iter().flatten() {
                        answer.rows.push(cell.clone());
                    }
                }
            }
            Ok(answer)
        }

        fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
            let requests = requests.into_iter();
            requests.map(|request| self.run_blocking(request)).collect()
        }

        fn read_blocking(
            &self,
            request: Request,
            each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
        ) -> Result<(), Error> {
            let answer = self.run_blocking(request)?;
            let _ = answer.rows.iter().try_for_each(each);
            Ok(())
        }
    }

    /// As observed on 5.6.3: loading empties the table, storing adds to it.
    #[test]
    fn pairs_are_moved_between_the_queue_and_its_table() {
        let fake = Arc::new(Fake::default());
        for (key, value) in [("a", "1"), ("b", "2")] {
            fake.0.lock().push([key.into(), value.into()]);
        }
        let storage = Storage::new(fake.clone());
        let queue = Queue::new(queue_spec("name=q;dbmode=1").unwrap());
        assert!(queue.begin_loading() && !queue.begin_loading());
        storage.load(&queue).unwrap();
        assert_eq!((queue.len(), fake.0.lock().len()), (2, 0));
        assert_eq!(queue.fetch(), Some((Text::from("a"), Text::from("1"))));
        fake.0.lock().push(["old".into(), "0".into()]);
        storage.store(&queue).unwrap();
        let rows: Vec<[Value; 2]> = fake.0.lock().clone();
        assert_eq!(rows, [["old".into(), "0".into()], ["b".into(), "2".into()]]);
    }
}
