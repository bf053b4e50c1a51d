Console.WriteLine("crane");
