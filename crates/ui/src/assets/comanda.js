// comanda
