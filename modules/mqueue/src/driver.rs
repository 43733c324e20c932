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
    use module_api::Text;
    use testkit::OneTable;

    fn pair(key: &str, value: &str) -> Vec<Value> {
        vec![key.into(), value.into()]
    }

    /// As observed on 5.6.3: a start empties the table, storing adds to it.
    #[test]
    fn pairs_are_moved_between_the_queue_and_its_table() {
        let table = Arc::new(OneTable::with([pair("a", "1"), pair("b", "2")]));
        let storage = Storage::new(table.clone());
        let queue = Queue::new(queue_spec("name=q;dbmode=1", &mut Vec::new()).unwrap());
        assert!(queue.begin_loading() && !queue.begin_loading());
        assert_eq!(storage.load(&queue).unwrap(), 0);
        // A configuration that is refused now has lost nothing.
        assert_eq!((queue.len(), table.rows.lock().len()), (2, 2));
        storage.clear(&queue).unwrap();
        assert_eq!((queue.len(), table.rows.lock().len()), (2, 0));
        assert_eq!(queue.fetch(), Some((Text::from("a"), Text::from("1"))));
        table.rows.lock().push(pair("old", "0"));
        storage.store(&queue).unwrap();
        assert_eq!(*table.rows.lock(), [pair("old", "0"), pair("b", "2")]);
    }

    #[test]
    fn pairs_that_find_no_place_in_the_queue_are_counted() {
        let pairs = ["a", "b", "c"].map(|key| pair(key, "1"));
        let table = Arc::new(OneTable::with(pairs));
        let storage = Storage::new(table.clone());
        let load = |description| {
            let queue = Queue::new(queue_spec(description, &mut Vec::new()).unwrap());
            (storage.load(&queue).unwrap(), queue.len())
        };
        assert_eq!(load("name=q;dbmode=1;size=2"), (1, 2));
        assert_eq!(load("name=q;dbmode=1;size=3"), (0, 3));
        table.rows.lock().push(pair("a", "2"));
        // What the mode leaves out is not missed.
        assert_eq!(load("name=q;dbmode=1;size=3;addmode=1"), (0, 3));
    }
}
