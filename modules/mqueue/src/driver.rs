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

    /// Adds the pairs of a queue's table to the queue; how many found no place in it. The table stays as it is.
    /// Waits: for the start of the server.
    pub fn load(&self, queue: &Queue) -> Result<usize, Error> {
        if self.0.is_closed() {
            return Ok(0);
        }
        let mut dropped = 0;
        let name = &queue.spec.name;
        let select = Statement::select(name.clone()).columns(COLUMNS);
        let request = Request::new(&self.0.prepare(select), []);
        self.0.read_blocking(request, &mut |row| {
            let mut cells = row.iter().map(|cell| cell.to_text().unwrap_or_default());
            let is_dropped = queue.add(
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            );
            dropped += usize::from(is_dropped);
            ControlFlow::Continue(())
        })?;
        Ok(dropped)
    }

    /// Empties the table of a queue. Waits: for the start of the server.
    pub fn clear(&self, queue: &Queue) -> Result<(), Error> {
        if self.0.is_closed() {
            return Ok(());
        }
        let clear = Statement::delete(queue.spec.name.clone());
        let clear = self.0.prepare(clear);
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

    /// As observed on 5.6.3: a start empties the table, storing adds to it.
    #[test]
    fn pairs_are_moved_between_the_queue_and_its_table() {
        let fake = Arc::new(Fake::default());
        for (key, value) in [("a", "1"), ("b", "2")] {
            fake.0.lock().push([key.into(), value.into()]);
        }
        let storage = Storage::new(fake.clone());
        let queue = Queue::new(queue_spec("name=q;dbmode=1").unwrap());
        assert!(queue.begin_loading() && !queue.begin_loading());
        assert_eq!(storage.load(&queue).unwrap(), 0);
        // A configuration that is refused now has lost nothing.
        assert_eq!((queue.len(), fake.0.lock().len()), (2, 2));
        storage.clear(&queue).unwrap();
        assert_eq!((queue.len(), fake.0.lock().len()), (2, 0));
        assert_eq!(queue.fetch(), Some((Text::from("a"), Text::from("1"))));
        fake.0.lock().push(["old".into(), "0".into()]);
        storage.store(&queue).unwrap();
        let rows: Vec<[Value; 2]> = fake.0.lock().clone();
        assert_eq!(rows, [["old".into(), "0".into()], ["b".into(), "2".into()]]);
    }

    #[test]
    fn pairs_that_find_no_place_in_the_queue_are_counted() {
        let fake = Arc::new(Fake::default());
        for key in ["a", "b", "c"] {
            fake.0.lock().push([key.into(), "1".into()]);
        }
        let storage = Storage::new(fake.clone());
        let load = |description| {
            let queue = Queue::new(queue_spec(description).unwrap());
            (storage.load(&queue).unwrap(), queue.len())
        };
        assert_eq!(load("name=q;dbmode=1;size=2"), (1, 2));
        assert_eq!(load("name=q;dbmode=1;size=3"), (0, 3));
        fake.0.lock().push(["a".into(), "2".into()]);
        // What the mode leaves out is not missed.
        assert_eq!(load("name=q;dbmode=1;size=3;addmode=1"), (0, 3));
    }
}
